internal import FoundationEssentials

/// A numbered SQL file, `NNNN_topic.sql`.
package struct Migration: Sendable, Hashable {
  package let version: Int
  /// File name without `.sql`.
  package let name: String
  package let text: String

  /// First line `-- no-transaction`: each statement, ended by `;` at the end of a line, commits by itself. Such a file
  /// must be repeatable, as it may be cut short.
  package var isTransactional: Bool {
    text.split(separator: "\n", maxSplits: 1).first?.trimmingPrefix { $0 == " " } != "-- no-transaction"
  }

  /// The statements of a file without transaction.
  var statements: [String] {
    var statements: [String] = []
    var lines: [Substring] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let isComment = line.drop { $0 == " " }.hasPrefix("--")
      if isComment || (lines.isEmpty && line.allSatisfy { $0 == " " }) { continue }
      lines.append(line)
      if line.last(where: { $0 != " " }) == ";" {
        statements.append(lines.joined(separator: "\n"))
        lines = []
      }
    }
    if !lines.isEmpty { statements.append(lines.joined(separator: "\n")) }
    return statements
  }

  /// The files of a directory in order. Throws `MigrationError.badName`, `.gap` or the file system's errors.
  package static func read(directory: String) throws -> [Migration] {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".sql") }.sorted()
    var migrations: [Migration] = []
    for name in names {
      let stem = String(name.dropLast(4))
      let digits = stem.prefix(4)
      guard digits.count == 4, digits.allSatisfy({ $0.isASCII && $0.isNumber }), stem.dropFirst(4).first == "_",
        let version = Int(digits)
      else { throw MigrationError.badName(name) }
      guard version == migrations.count + 1 else {
        throw MigrationError.gap(expected: migrations.count + 1, found: version)
      }
      guard let data = FileManager.default.contents(atPath: directory + "/" + name),
        let text = String(validating: data, as: UTF8.self)
      else { throw MigrationError.badName(name) }
      migrations.append(Migration(version: version, name: stem, text: text))
    }
    return migrations
  }
}

/// Why the schema cannot be brought to, or is not at, the expected state.
package enum MigrationError: Error, Sendable, Hashable {
  case badName(String)
  /// A number is missing among the files, or an applied migration is newer than a pending one.
  case gap(expected: Int, found: Int)
  /// The file of an applied migration was changed.
  case changed(version: Int, name: String)
  /// The schema is behind the program.
  case pending([String])
  /// The file ended its transaction itself.
  case strayCommit(String)
  case noConnection(String)
  /// Another migration holds the lock for too long.
  case locked
}
