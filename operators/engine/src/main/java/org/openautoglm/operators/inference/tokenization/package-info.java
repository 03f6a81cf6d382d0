/** From an input to the tokens of its row; the one package that knows the tokenizer library. */
package org.openautoglm.operators.inference.tokenization;
