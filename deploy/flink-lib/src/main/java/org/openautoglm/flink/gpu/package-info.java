/** GPUs as an external resource of Flink's. */
package org.openautoglm.flink.gpu;
