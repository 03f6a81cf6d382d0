/**
 * A model directory as the Hugging Face ecosystem exports it: finding it, bringing it here,
 * verifying it, and reading what it says about its model. Knows neither ONNX Runtime nor a
 * tokenizer.
 */
package org.openautoglm.operators.inference.model;
