package org.openautoglm.operators.inference.reload;

import java.io.IOException;
import java.util.Optional;
import org.openautoglm.operators.inference.ModelLoadException;

/**
 * Where the versions of one model come from.
 *
 * @param <V> a version that is loaded
 */
public interface VersionSource<V extends LoadedVersion> {

  /**
   * What the place looks like; as long as that is the same, so is what lies there. Cheap, since it
   * is asked again and again.
   *
   * @throws IOException when the place cannot be looked at
   */
  String stamp() throws IOException;

  /**
   * Loads and tries what lies there now.
   *
   * @param serving the version that serves
   * @return empty where the content is that of the serving version, after all
   * @throws ModelLoadException when it cannot take the place of the serving one; says why
   */
  Optional<V> load(V serving) throws ModelLoadException;
}
