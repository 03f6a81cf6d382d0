/**
 * Decoders: language models as one canonical graph around {@code GroupQueryAttention}, whatever
 * their checkpoint or export looks like.
 *
 * <p>A family's file says how its {@code config.json} and its weights' names are read; {@link
 * org.openautoglm.operators.conversion.decoder.DecoderGraph} builds the graph from that.
 */
package org.openautoglm.operators.conversion.decoder;
