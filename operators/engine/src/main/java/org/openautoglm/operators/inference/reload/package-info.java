/**
 * Newer versions of a model while a job runs: {@link
 * org.openautoglm.operators.inference.reload.VersionWatch} notices and tries them, {@link
 * org.openautoglm.operators.inference.reload.ModelVersions} shares out the one that serves.
 */
package org.openautoglm.operators.inference.reload;
