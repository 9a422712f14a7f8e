package import FoundationEssentials

/// One list request: order, position and size (C-10, C-12). Fields are names of the API; repositories map them to columns.
package struct PageRequest: Hashable, Sendable {
  package struct Sort: Hashable, Sendable {
    package let field: String
    package let descending: Bool
    package init(_ field: String, descending: Bool = false) {
      self.field = field
      self.descending = descending
    }
  }

  /// 1–100.
  package let limit: Int
  /// At most three; ties are broken by `id` in the direction of the first.
  package let sort: [Sort]
  package let cursor: Cursor?
  package let wantsTotal: Bool
  /// What every list is narrowed by in the same way.
  package var window = ListWindow()

  package init(limit: Int = 25, sort: [Sort], cursor: Cursor? = nil, wantsTotal: Bool = false) {
    self.limit = limit
    self.sort = sort
    self.cursor = cursor
    self.wantsTotal = wantsTotal
  }
}

/// What lists of all families are narrowed by in the same way: the exact number, and when a document was made and last changed.
/// Times are half-open: from this instant on, before that one (C-11).
package struct ListWindow: Hashable, Sendable {
  package enum Field: Hashable, Sendable, CaseIterable {
    case number, created, updated
  }

  package var number: String?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var updatedFrom: Timestamp?
  package var updatedBefore: Timestamp?

  package init() {}
}

/// A position in a list: the sort keys of the last row seen, as PostgreSQL text, with its identity.
package struct Cursor: Hashable, Sendable {
  package let keys: [String?]
  package let id: UUID
  /// The page before this position instead of the one after it.
  package let backward: Bool
  package init(keys: [String?], id: UUID, backward: Bool) {
    self.keys = keys
    self.id = id
    self.backward = backward
  }
}

package struct Page<Item: Sendable>: Sendable {
  package let items: [Item]
  package let next: Cursor?
  package let previous: Cursor?
  /// Counted up to 10,000 when asked for.
  package let total: Int?
  package let totalIsLowerBound: Bool

  package init(items: [Item], next: Cursor?, previous: Cursor?, total: Int? = nil, totalIsLowerBound: Bool = false) {
    self.items = items
    self.next = next
    self.previous = previous
    self.total = total
    self.totalIsLowerBound = totalIsLowerBound
  }

  package func map<Other: Sendable>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
    showing(try items.map(transform))
  }

  /// The same page with these instead of its items, one for each.
  package func showing<Other: Sendable>(_ others: [Other]) -> Page<Other> {
    Page<Other>(
      items: others, next: next, previous: previous, total: total, totalIsLowerBound: totalIsLowerBound)
  }
}
