/**
 * Whether a converted graph does what its original does: agreement, company, perplexity, size and
 * speed, before anything is put in place. Graphs run behind {@link
 * org.openautoglm.operators.conversion.check.GraphRuntime}; nothing here knows a runtime.
 */
package org.openautoglm.operators.conversion.check;
