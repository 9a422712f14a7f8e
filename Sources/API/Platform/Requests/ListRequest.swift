import Crypto
package import Domain

extension Call {
  static let maximumLimit = 100
  static let defaultLimit = 25

  /// Position, size and order of a list: `limit`, `cursor`, `sort`, `total` (C-10, C-12).
  ///
  /// - Parameters:
  ///   - sorts: names that `sort` may use; a repository maps them to columns.
  ///   - standard: the order without `sort`, in the same spelling (`-createdAt`).
  ///   - tie: the field that comes last in every order, in the direction of the first.
  ///   - window: what the list is narrowed by as all lists are (C-11).
  package func page(
    sorts: [String], default standard: String, tie: String? = nil, window: Set<ListWindow.Field> = []
  ) throws -> PageRequest {
    var order = try Self.order(query.value("sort") ?? standard, sorts)
    if let tie, let first = order.first, !order.contains(where: { $0.field == tie }) {
      order.append(PageRequest.Sort(tie, descending: first.descending))
    }
    var limit = Self.defaultLimit
    if let text = query.value("limit") {
      guard !text.isEmpty, text.utf8.allSatisfy(ASCII.isDigit), text.utf8.contains(where: { $0 != 0x30 }) else {
        throw Problem.parameter("limit", .outOfRange, "must be a number from 1", limits: ["min": "1"])
      }
      // Larger than the maximum is coerced, however large.
      limit = min(Int(text) ?? Self.maximumLimit, Self.maximumLimit)
    }
    var wantsTotal = false
    if let total = query.value("total") {
      guard total == "exact" else {
        throw Problem.parameter("total", .notInSet, "must be exact", limits: ["allowed": "exact"])
      }
      wantsTotal = true
    }
    var cursor: Cursor?
    if let text = query.value("cursor") {
      guard let decoded = facts.cursors.decode(text, context: listContext), decoded.keys.count == order.count else {
        throw Problem(
          .invalidCursor, "The cursor does not belong to this list.",
          [
            "errors": .violations(
              [Violation(pointer: "cursor", code: .invalidFormat, detail: "is not a cursor of this list")],
              place: .parameter)
          ])
      }
      cursor = decoded
    }
    var page = PageRequest(limit: limit, sort: order, cursor: cursor, wantsTotal: wantsTotal)
    page.window = try query.window(window)
    return page
  }

  /// Oldest first unless asked otherwise, as every `…/history` is read.
  /// What happened at one instant stands in the order in which it was recorded.
  func historyPage() throws -> PageRequest {
    try page(sorts: ["at", "position"], default: "position", tie: "position")
  }

  /// `fields=id,state,customer.name`: what the answer shows (C-13).
  ///
  /// - Throws: 400 for names that the contract does not know in the answer, also where nothing is found.
  package func fields() throws -> FieldSelection? {
    guard let text = query.value("fields") else { return nil }
    guard let selection = FieldSelection(text) else {
      throw Problem.parameter("fields", .invalidFormat, "must be names with at most one dot, parted by commas")
    }
    if let unknown = facts.members.flatMap({ selection.unknown(by: $0) }) { throw unknown.problem }
    return selection
  }

  /// `expand=customer,vehicle`: which members to add, at most five, none twice (C-13).
  package func expand<Member: RawRepresentable<String> & CaseIterable & Hashable>(
    _ kind: Member.Type
  ) throws -> Set<Member> {
    Set(try expand(Member.allCases.map(\.rawValue)).compactMap { Member(rawValue: $0) })
  }

  /// - Parameter offered: the names that the operation knows.
  func expand(_ offered: [String]) throws -> Set<String> {
    guard let text = query.value("expand") else { return [] }
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    let members = Set(names).intersection(offered)
    guard names.count <= 5, members.count == names.count else {
      let words = offered.sorted().joined(separator: ", ")
      throw Problem.parameter("expand", .notInSet, "must be at most five of: \(words)", limits: ["allowed": words])
    }
    return members
  }

  /// What a cursor of this list is bound to: path, filters and order. Page size and shape of the answer may change
  /// between pages.
  var listContext: [UInt8] {
    var hash = SHA256()
    hash.update(data: Array(facts.path.utf8))
    let bound = query.parameters.filter { !["cursor", "limit", "fields", "expand", "total"].contains($0.name) }
    for parameter in bound.sorted(by: { $0.name < $1.name }) {
      hash.update(data: [0])
      hash.update(data: Array(parameter.name.utf8))
      hash.update(data: [0])
      hash.update(data: Array(parameter.value.utf8))
    }
    return Array(hash.finalize())
  }

  /// `-createdAt,number`: at most three of `sorts`, none twice.
  private static func order(_ text: String, _ sorts: [String]) throws -> [PageRequest.Sort] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let order = parts.compactMap { part -> PageRequest.Sort? in
      let descending = part.hasPrefix("-")
      // A literal + of the client arrives as a space.
      let name = descending || part.hasPrefix("+") || part.hasPrefix(" ") ? part.dropFirst() : part
      return sorts.contains(String(name)) ? PageRequest.Sort(String(name), descending: descending) : nil
    }
    guard order.count == parts.count, (1...3).contains(order.count), Set(order.map(\.field)).count == order.count else {
      let words = sorts.joined(separator: ", ")
      throw Problem.parameter(
        "sort", .notInSet, "must be at most three of: \(words), each with or without '-'", limits: ["allowed": words])
    }
    return order
  }
}
