package org.openautoglm.operators.inference.onnx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.Quantization;
import org.openautoglm.operators.inference.model.DirectoryStamp;
import org.openautoglm.operators.inference.model.ModelContract;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.reload.VersionSource;
import org.openautoglm.operators.inference.sharing.SharedPool.Share;

/**
 * The versions of a model that its directory holds one after the other. A new one is loaded for the
 * devices of the one that serves, and must keep its {@link ModelContract}; the probe of {@link
 * EngineLoader} tries it as it tries every model.
 */
record DirectoryVersions(ModelSpec spec) implements VersionSource<DirectoryVersion> {

  @Override
  public String stamp() throws IOException {
    return DirectoryStamp.of(spec.path(), spec.quantization() != Quantization.NONE);
  }

  @Override
  public Optional<DirectoryVersion> load(DirectoryVersion serving) throws ModelLoadException {
    ModelDirectory directory = OnnxModelProvider.directory(spec);
    ModelContract contract = ModelContract.of(directory, spec.task());
    List<String> differences = serving.contract().differences(contract);
    if (!differences.isEmpty()) {
      throw new ModelLoadException(
          "model "
              + spec.name()
              + ": the version in "
              + directory.root()
              + " differs from the one that serves in "
              + String.join(", ", differences)
              + ", and so is another model; restart the job to change to it");
    }
    if (directory.digest().equals(serving.digest())) {
      return Optional.empty();
    }
    List<Share<LoadedEngine>> shares = new ArrayList<>();
    boolean complete = false;
    try {
      for (InferenceEngine engine : serving.engines()) {
        shares.add(OnnxModelProvider.share(spec, directory, engine.device().name()));
      }
      complete = true;
      return Optional.of(new DirectoryVersion(contract, directory.digest(), shares));
    } finally {
      if (!complete) {
        shares.forEach(Share::close);
      }
    }
  }
}
