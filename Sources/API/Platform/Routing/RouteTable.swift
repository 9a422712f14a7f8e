package import Domain

/// Every operation of the product, one line each. What all families have is registered by `DocumentRoutes`, `RecordRoutes` and
/// `LifecycleRoutes`; the routes of a record look like this, whole:
///
///     package struct RegionRoutes: RecordRoutes {
///       package typealias View = Region
///       package static let order = "code"
///       package let service: RegionService
///
///       package func add(to api: inout RouteTable) {
///         addReading(to: &api)
///         addWriting(to: &api)
///         api.action("/v1/regions/{id}/close", .regionsWrite, close)
///         api.problem(ProblemType("region-has-stations", 409, "Region has stations", "Move its stations first."))
///       }
///
///       package func filter(_ query: QueryReader) throws -> RegionFilter {
///         RegionFilter(text: try query.text("q"))
///       }
///
///       package func draft(_ form: inout Form, over current: Region?) throws -> RegionDraft {
///         let code = form.fixed("code", .text(2...8), keeping: current?.code)
///         let name = form.required("name", .text(1...200), keeping: current?.name)
///         let nameEn = form.optional("nameEn", .text(1...200), keeping: current?.nameEn)
///         form.readOnly(of: current)
///         try form.finish()
///         guard let code, let name else { throw form.failure }
///         return RegionDraft(code: code, name: name, nameEn: nameEn)
///       }
///
///       @Sendable private func close(_ call: Call) async throws -> Answer {
///         var form = try call.body()
///         let reason = form.required("reason", .text(1...1000))
///         try form.finish()
///         guard let reason else { throw form.failure }
///         return try await service.close(try call.reference(), reason: reason, presenting(call))
///       }
///     }
///
///     extension Region: JSONWritable {
///       package func write(to json: inout JSONWriter) {
///         json.object {                        // members in ascending order of name
///           $0.field("code", code)
///           $0.field("id", id)
///           $0.field("name", name)
///         }
///       }
///     }
///
/// Query parameters that no reader asked for are refused (400), members of the body that nobody read too (422).
package struct RouteTable: Sendable {
  package typealias Handler = @Sendable (Call) async throws -> Answer

  struct Route: Sendable {
    let operation: Operation
    let handler: Handler
  }

  private(set) var routes: [Route] = []
  /// How to find the version of the document that a path names, by template (`/v1/regions/{id}`).
  private(set) var documents: [String: @Sendable (Call) async throws -> Int] = [:]
  /// What the documents of a read have, by template: what `fields` may name (C-13).
  private(set) var members: [String: FieldSelection.Sightings] = [:]
  package private(set) var problems = ProblemCatalogue()

  package init() {}

  /// In the order of registration.
  package var operations: [Operation] { routes.map(\.operation) }

  /// - Precondition: method and path are new.
  package mutating func add(_ operation: Operation, _ handler: @escaping Handler) {
    routes.append(Route(operation: operation, handler: handler))
  }

  /// Says how to find the current version of the documents below a template. A wrong body is refused with 422 only where the
  /// document is there (404) and its version is the expected one (412): the order of C-07.
  package mutating func document(_ template: String, version: @escaping @Sendable (Call) async throws -> Int) {
    documents[template] = version
  }

  /// Says what the documents of reads have, as the contract says it: a typo in `fields` is refused before work that costs, and
  /// where nothing is found. Reads that it does not name go by what they find.
  package mutating func describe(_ members: [String: FieldSelection.Sightings]) { self.members = members }

  /// A problem type of a family's own, for `Refusal.conflict(code:detail:)` with the same code.
  package mutating func problem(_ type: ProblemType) { problems.register(type) }

  // MARK: By permission

  package mutating func get(_ template: String, _ permission: Permission, _ handler: @escaping Handler) {
    get(template, .permission(permission), handler)
  }

  /// Creates something: `Idempotency-Key` required, answers 201 (C-15, C-19).
  package mutating func post(
    _ template: String, _ permission: Permission, status: Int = 201,
    idempotency: Operation.Idempotency = .required, _ handler: @escaping Handler
  ) {
    post(template, .permission(permission), status: status, idempotency: idempotency, handler)
  }

  /// Runs an action on an existing document: `If-Match` and `Idempotency-Key` required, JSON body (C-18).
  package mutating func action(
    _ template: String, _ permission: Permission, precondition: Operation.PreconditionRule = .required,
    idempotency: Operation.Idempotency = .required, status: Int = 200, _ handler: @escaping Handler
  ) {
    action(
      template, .permission(permission), precondition: precondition, idempotency: idempotency, status: status, handler)
  }

  /// Merge patch of an existing document: `If-Match` required (C-17).
  package mutating func patch(_ template: String, _ permission: Permission, _ handler: @escaping Handler) {
    patch(template, .permission(permission), handler)
  }

  /// Replaces a small document as a whole.
  package mutating func put(
    _ template: String, _ permission: Permission, precondition: Operation.PreconditionRule = .required,
    _ handler: @escaping Handler
  ) {
    put(template, .permission(permission), precondition: precondition, handler)
  }

  /// Removes a draft, a link or a setting: `If-Match` required, answers 204 (C-21).
  package mutating func delete(
    _ template: String, _ permission: Permission, precondition: Operation.PreconditionRule = .required,
    _ handler: @escaping Handler
  ) {
    delete(template, .permission(permission), precondition: precondition, handler)
  }

  // MARK: By any access

  package mutating func get(_ template: String, _ access: Operation.Access, _ handler: @escaping Handler) {
    add(Operation(.get, template, access), handler)
  }

  package mutating func post(
    _ template: String, _ access: Operation.Access, status: Int = 201,
    idempotency: Operation.Idempotency = .required, _ handler: @escaping Handler
  ) {
    add(Operation(.post, template, access, body: .json, idempotency: idempotency, status: status), handler)
  }

  package mutating func action(
    _ template: String, _ access: Operation.Access, precondition: Operation.PreconditionRule = .required,
    idempotency: Operation.Idempotency = .required, status: Int = 200, _ handler: @escaping Handler
  ) {
    add(
      Operation(
        .post, template, access, body: .optionalJSON, idempotency: idempotency, precondition: precondition,
        status: status),
      handler)
  }

  package mutating func patch(_ template: String, _ access: Operation.Access, _ handler: @escaping Handler) {
    add(Operation(.patch, template, access, body: .mergePatch, precondition: .required), handler)
  }

  package mutating func put(
    _ template: String, _ access: Operation.Access, precondition: Operation.PreconditionRule = .required,
    _ handler: @escaping Handler
  ) {
    add(Operation(.put, template, access, body: .json, precondition: precondition), handler)
  }

  package mutating func delete(
    _ template: String, _ access: Operation.Access, precondition: Operation.PreconditionRule = .required,
    _ handler: @escaping Handler
  ) {
    add(Operation(.delete, template, access, precondition: precondition, status: 204), handler)
  }

  /// An OAuth endpoint: form body, limited by address, no idempotency (C-22, C-27).
  package mutating func form(_ template: String, _ access: Operation.Access, _ handler: @escaping Handler) {
    add(Operation(.post, template, access, body: .form), handler)
  }
}
