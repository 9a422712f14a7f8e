import Domain
import Postgres
import Repositories
import TestSupport
import Testing

/// Lists held against the planner, under row-level security: at any depth, by every sort and both ways, each reads an index.
enum ListWalk {
  static func caller(_ scope: Scope) -> Caller {
    Caller(subject: .system, name: "plan", roles: [], permissions: Set(Permission.allCases), scope: scope)
  }

  /// Reads three pages in every order, and holds the plan of each against what a list may cost.
  static func walk<Store: DocumentStore>(
    _ store: Store.Type, _ table: String, _ filter: Store.Filter, _ scope: Scope, _ test: TestDatabase
  ) async throws {
    let caller = caller(scope)
    for field in store.sorts.keys.sorted() {
      for descending in [true, false] {
        var cursor: Cursor?
        for depth in 0..<3 {
          let page = PageRequest(limit: 25, sort: [.init(field, descending: descending)], cursor: cursor)
          let query = store.list(filter, page, in: scope)
          let plan = try await test.database.read(
            caller, Query<[String]>.list("explain " + query.sql) { try $0.next(String.self) }
          ).joined(separator: "\n")
          let name = "\(table) \(scope) \(field) \(descending) \(depth)\n\(plan)"
          #expect(!plan.contains("Seq Scan on \(table) "), "\(name)")
          // What is looked up for each row of the page may sort the few rows that it finds.
          let list = plan.split(separator: "SubPlan").first.map(String.init) ?? plan
          #expect(!list.replacing("Incremental Sort", with: "").contains("Sort  ("), "\(name)")
          #expect(plan.contains("Index"), "\(name)")
          cursor = try await test.database.read(caller, query).next
          #expect(cursor != nil, "\(name)")
        }
      }
    }
  }
}
