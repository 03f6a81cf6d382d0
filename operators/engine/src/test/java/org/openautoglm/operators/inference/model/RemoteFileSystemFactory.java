package org.openautoglm.operators.inference.model;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;

/** A remote file system to Flink, {@code remote:/path}, and the local one in truth. */
public final class RemoteFileSystemFactory implements FileSystemFactory {
  /** Files opened since the process began. */
  static final AtomicInteger OPENED = new AtomicInteger();

  @Override
  public String getScheme() {
    return "remote";
  }

  @Override
  public FileSystem create(URI uri) {
    return new RemoteFileSystem();
  }

  private static final class RemoteFileSystem extends LocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("remote:///");
    }

    @Override
    public boolean isDistributedFS() {
      return true;
    }

    @Override
    public FSDataInputStream open(Path path) throws IOException {
      OPENED.incrementAndGet();
      return super.open(local(path));
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
      return super.getFileStatus(local(path));
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
      return super.listStatus(local(path));
    }

    @Override
    public boolean exists(Path path) throws IOException {
      return super.exists(local(path));
    }

    private static Path local(Path path) {
      return new Path(path.toUri().getPath());
    }
  }
}
