/**
 * Smaller weights, in the layouts of ONNX Runtime's operators. Matrices are read row by row and
 * written as they are made: nothing here holds one as a whole.
 */
package org.openautoglm.operators.conversion.quantization;
