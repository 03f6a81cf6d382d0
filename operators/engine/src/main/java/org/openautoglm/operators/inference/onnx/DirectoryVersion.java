package org.openautoglm.operators.inference.onnx;

import java.util.List;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.model.ModelContract;
import org.openautoglm.operators.inference.reload.LoadedVersion;
import org.openautoglm.operators.inference.sharing.SharedPool.Share;

/**
 * What a model's directory held at one time, loaded.
 *
 * @param contract what other versions must have in common with it
 * @param digest SHA-256 of its graph and weights
 */
record DirectoryVersion(ModelContract contract, String digest, List<Share<LoadedEngine>> shares)
    implements LoadedVersion {

  DirectoryVersion {
    shares = List.copyOf(shares);
  }

  @Override
  public List<InferenceEngine> engines() {
    return shares.stream().<InferenceEngine>map(Share::value).toList();
  }

  @Override
  public void close() {
    shares.forEach(Share::close);
  }
}
