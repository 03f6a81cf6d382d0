package org.openautoglm.operators.inference.onnx;

import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.DeviceHealth;
import org.openautoglm.operators.inference.LaneThreads;

/**
 * The devices of this process, one object each for all jobs and subtasks that share them.
 *
 * <p>The CPU has a lane for each core, or as many as the system property {@code autoglm.cpu.lanes}
 * says; a GPU has one, because a second batch would only wait for the first one's kernels. Their
 * threads end when they are idle, so that they hold no job's classes.
 */
final class Devices {
  private static final String CPU_LANES_PROPERTY = "autoglm.cpu.lanes";
  private static final String CUDA = "cuda:";
  private static final Map<String, Device> ALL = new ConcurrentHashMap<>();
  private static final Map<String, DeviceHealth> HEALTH = new ConcurrentHashMap<>();

  private Devices() {}

  static Device cpu() {
    return ALL.computeIfAbsent(
        "cpu",
        name -> {
          int cores = Runtime.getRuntime().availableProcessors();
          return device(name, Math.max(1, Integer.getInteger(CPU_LANES_PROPERTY, cores)));
        });
  }

  /** The GPU of that index, as CUDA counts them. */
  static Device cuda(int index) {
    return ALL.computeIfAbsent(CUDA + index, name -> device(name, 1));
  }

  /** The index of the GPU that a device of this name stands for; empty for the CPU. */
  static OptionalInt gpu(String name) {
    return name.startsWith(CUDA)
        ? OptionalInt.of(Integer.parseInt(name.substring(CUDA.length())))
        : OptionalInt.empty();
  }

  /** A device of one model alone, whose lanes wait more than they work. */
  static Device ofModel(String name, String model, int lanes) {
    return new Device(name, lanes, new LaneThreads("autoglm-" + model, lanes), health(name));
  }

  private static Device device(String name, int lanes) {
    return Device.ofProcess(
        name, lanes, new LaneThreads("autoglm-" + name.replace(':', '-'), lanes), health(name));
  }

  private static DeviceHealth health(String name) {
    return HEALTH.computeIfAbsent(name, DeviceHealth::new);
  }
}
