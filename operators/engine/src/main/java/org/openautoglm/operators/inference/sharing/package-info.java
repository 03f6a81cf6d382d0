/**
 * What a process has once, whoever uses it: {@link SharedPool} loads a thing for the first who asks
 * and closes it after the last, and {@link NativeCleaner} starts the thread of JNA's that no job
 * may own.
 */
package org.openautoglm.operators.inference.sharing;
