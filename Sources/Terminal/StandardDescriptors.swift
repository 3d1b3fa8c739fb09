import Glibc

/// Standard input, output and error.
package enum StandardDescriptors {
  /// Puts something in the place of those that are closed, for the next file that is opened would get their numbers, and
  /// what is printed would land in it. Each fails as a closed one does: nothing to read, nothing that can be written.
  ///
  /// A file that must not grow further is an error like a full disk, and no reason to die.
  package static func claim() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
    signal(SIGXFSZ, SIG_IGN)
  }
}
