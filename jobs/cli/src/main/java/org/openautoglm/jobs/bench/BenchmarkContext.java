package org.openautoglm.jobs.bench;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.openautoglm.jobs.models.ModelStore;

/**
 * What a benchmark may use.
 *
 * @param directory empty, deleted afterwards
 * @param models where models lie or are pulled to
 * @param words takes progress, for people
 */
public record BenchmarkContext(Path directory, ModelStore models, Consumer<String> words) {}
