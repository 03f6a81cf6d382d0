/**
 * A JobManager that comes back with its jobs, from files, where there is neither ZooKeeper nor
 * Kubernetes.
 */
package org.openautoglm.flink.ha;
