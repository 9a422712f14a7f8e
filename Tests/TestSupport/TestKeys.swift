package import Repositories
package import Services

extension ColumnKeys {
  /// What tests seal with.
  package static let test = keys("test")

  /// Keys of these names, the first of which seals; a name has the same key everywhere.
  package static func keys(_ names: String...) -> ColumnKeys {
    let keys = names.map { name in
      try? Key(
        name: name,
        bytes: (0..<32).map { UInt8(truncatingIfNeeded: name.utf8.reduce(17) { $0 &* 31 &+ Int($1) } &+ $0 * 7) })
    }
    guard let ring = try? ColumnKeys(keys.compactMap(\.self)) else { preconditionFailure("test keys") }
    return ring
  }
}

extension TestDatabase {
  /// The same database, with what stands in sealed columns under these keys.
  package func sealed(_ keys: ColumnKeys) -> Database { Database(client, seal: keys) }
}
