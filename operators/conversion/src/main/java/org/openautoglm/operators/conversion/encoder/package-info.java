/**
 * BERT-like encoders: an ONNX export becomes a graph whose products are of whole numbers, safe in
 * batches, and which gives the answer itself, so that nothing else leaves it.
 */
package org.openautoglm.operators.conversion.encoder;
