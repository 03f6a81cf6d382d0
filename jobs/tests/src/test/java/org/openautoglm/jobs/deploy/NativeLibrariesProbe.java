package org.openautoglm.jobs.deploy;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.onnxruntime.OrtEnvironment;

/** Loads both native libraries, as a TaskManager would; a process of its own runs it. */
final class NativeLibrariesProbe {
  private NativeLibrariesProbe() {}

  public static void main(String[] args) {
    LibUtils.checkStatus();
    System.out.println("onnxruntime " + OrtEnvironment.getEnvironment().getVersion());
  }
}
