/**
 * Text generation as plain Java: which rows are decoded together, which token comes next, and where
 * a text ends. It knows neither Flink nor a runtime; a {@link
 * org.openautoglm.operators.inference.generation.Decoder} stands for the model.
 */
package org.openautoglm.operators.inference.generation;
