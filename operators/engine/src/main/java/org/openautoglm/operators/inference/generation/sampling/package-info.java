/** Which token comes next, as Hugging Face's generation defines it. */
package org.openautoglm.operators.inference.generation.sampling;
