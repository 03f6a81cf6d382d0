/** From tokens to a text that ends where it should. */
package org.openautoglm.operators.inference.generation.text;
