/**
 * ONNX model files, read by memory map and written as a stream: weights never lie on the heap as a
 * whole, neither those of a graph's file nor those of the data files beside it.
 *
 * <p>{@link org.openautoglm.operators.conversion.graph.OnnxFile} reads, {@link
 * org.openautoglm.operators.conversion.graph.GraphBuilder} builds, {@link
 * org.openautoglm.operators.conversion.graph.OnnxWriter} writes. The format is that of <a
 * href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>.
 */
package org.openautoglm.operators.conversion.graph;
