/**
 * The weights of a model, wherever they lie: safetensors files or the initialisers of an ONNX
 * export. They are read through memory maps, piece by piece, as floats; files come from strangers,
 * so every length and offset is checked before it is used.
 */
package org.openautoglm.operators.conversion.weights;
