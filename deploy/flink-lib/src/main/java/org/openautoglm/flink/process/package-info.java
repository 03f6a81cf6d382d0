/** What the jobs of one process share. */
package org.openautoglm.flink.process;
