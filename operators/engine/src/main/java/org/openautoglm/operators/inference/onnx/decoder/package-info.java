/**
 * Decoders on ONNX Runtime: recognising a graph by its inputs and outputs, keeping its caches in
 * native memory, and running rows through it.
 */
package org.openautoglm.operators.inference.onnx.decoder;
