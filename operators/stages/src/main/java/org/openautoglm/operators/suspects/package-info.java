/**
 * Which records were in hand when a process ended, so that one that ends it again and again is set
 * aside; see {@link Suspects}.
 */
package org.openautoglm.operators.suspects;
