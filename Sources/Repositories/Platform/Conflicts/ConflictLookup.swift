import Domain
import FoundationEssentials
import Postgres

/// A conflict that a constraint found. A failed transaction can say nothing more, so what stands in the way is read when it is
/// gone, as the caller himself may read it: what he does not see has neither identity nor number (C-08).
struct Obstructed: Error, Sendable {
  typealias Lookup = @Sendable (Caller) -> Query<[ConflictMember]>

  let refusal: Refusal
  let lookup: Lookup
}

extension Query {
  /// Makes a violation of the named constraint a conflict that names what is in the way.
  func refusing(
    _ constraint: String, conflict code: String, _ detail: String, _ members: [ConflictMember] = [],
    naming lookup: @escaping Obstructed.Lookup
  ) -> Query {
    refusing(constraint) {
      Obstructed(refusal: .conflict(code: code, detail: detail, members), lookup: lookup)
    }
  }
}

/// How what is in the way is read.
enum ConflictLookup {
  /// - Parameter rows: selects identity, number, state and line of the documents, under the scope of the caller.
  static func documents(_ resource: Resource, _ rows: @escaping @Sendable (Scope) -> SQL) -> Obstructed.Lookup {
    { caller in
      // Whoever may not read the kind at all is told no more than whoever does not see the document.
      let none: SQL = "select null::uuid, null::text, null::text, null::integer where false"
      return Query.list(caller.may(resource.reading) ? rows(caller.scope) + " limit 20" : none) { row in
        let id = try row.next(UUID.self)
        let number = try row.next(String?.self)
        let state = try row.next(String?.self)
        return ConflictingDocument(
          resource, id, number, state: state, line: try row.next(Int32?.self).map { Int($0) })
      }
      .map { [.conflicts($0.isEmpty ? [.unseen(resource)] : $0)] }
    }
  }
}
