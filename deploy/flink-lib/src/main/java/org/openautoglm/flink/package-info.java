/** What Flink itself loads, beside the job: availability on one machine, and the GPUs of it. */
package org.openautoglm.flink;
