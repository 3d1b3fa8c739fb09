import Runs

extension SystemDescription {
  /// The name of the system that is this program's worked example: a dictionary on PySyncObj.
  package static let pysyncobjName = "pysyncobj"

  /// The files of that system, as they lie in the sources.
  private static let pysyncobjFiles: [(name: String, bytes: [UInt8])] = [
    (fileName, PackageResources.system_json), ("server.py", PackageResources.server_py),
    ("client.py", PackageResources.client_py),
  ]

  /// Writes the files of that system into a folder, which is made unless it is there: it is then read like any other.
  package static func writePySyncObj(to folder: String) throws(LiveProblem) {
    do throws(FileProblem) {
      try Files.prepareFolder(folder)
      for file in pysyncobjFiles { try Files.write(file.bytes, to: file.name, in: folder) }
    } catch {
      throw LiveProblem(.system, error.description)
    }
  }
}
