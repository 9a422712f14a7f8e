package import Domain
package import Repositories
import Synchronization

/// The numbers that hold, for services that decide with them.
///
/// Which version holds is read in the caller's own transaction, so a decision never uses a version that ended before
/// it. What a version says is kept in memory: an approved body never changes.
package final class PolicyBook: Sendable {
  /// One version of a key, as a decision uses and stores it.
  package struct InForce<Body: PolicyBody>: Sendable {
    package let version: PolicyVersion
    package let body: Body
  }

  private let bodies = Mutex<[PolicyVersion: any PolicyBody]>([:])

  package init() {}

  /// What holds at the instant for the first of the subjects that has a policy of his own, else for everybody, else as
  /// it comes with the product.
  package func current<Body: PolicyBody>(
    _ type: Body.Type, for subjects: [PolicySubject] = [], at instant: Timestamp, in tx: Transaction
  ) async throws -> InForce<Body> {
    try await current(type, for: subjects, at: instant, through: tx)
  }

  /// What holds at a station: its region's, else everybody's.
  package func current<Body: PolicyBody>(
    _ type: Body.Type, at station: Station.ID?, _ instant: Timestamp, in tx: Transaction
  ) async throws -> InForce<Body> {
    let region = try await tx.run(ClockRepository.region(of: station))
    return try await current(type, for: region.map { [.region($0)] } ?? [], at: instant, in: tx)
  }

  /// As `current`, for what is decided in a transaction and can be asked for outside of one as well.
  package func current<Body: PolicyBody>(
    _ type: Body.Type, for subjects: [PolicySubject], at instant: Timestamp, through door: some QueryDoor
  ) async throws -> InForce<Body> {
    guard let version = try await door.run(PolicyRepository.current(Body.key, for: subjects, at: instant)) else {
      return InForce(version: PolicyVersion(Body.key, 0), body: Body.standard)
    }
    return InForce(
      version: version, body: try await body(type, version) { try await door.run(PolicyRepository.body($0)) })
  }

  /// What was promised at an instant and is kept since: the version that held then. What began before anybody had written one
  /// falls under the first that was.
  package func promised<Body: PolicyBody>(
    _ type: Body.Type, for subjects: [PolicySubject], at instant: Timestamp, through door: some QueryDoor
  ) async throws -> InForce<Body> {
    let (then, first) = try await door.run(
      PolicyRepository.current(Body.key, for: subjects, at: instant), PolicyRepository.earliest(Body.key, for: subjects))
    guard let version = then ?? first else { return InForce(version: PolicyVersion(Body.key, 0), body: Body.standard) }
    return InForce(
      version: version, body: try await body(type, version) { try await door.run(PolicyRepository.body($0)) })
  }

  /// As `current`, outside a transaction: for reads that decide nothing.
  package func current<Body: PolicyBody>(
    _ type: Body.Type, for subjects: [PolicySubject] = [], at instant: Timestamp, _ database: Database,
    _ caller: Caller
  ) async throws -> InForce<Body> {
    try await current(type, for: subjects, at: instant, through: ReadDoor(database, caller))
  }

  /// The version that a former decision used.
  /// - Throws: `Failure.internal` for a version that was never approved.
  package func version<Body: PolicyBody>(
    _ type: Body.Type, _ version: PolicyVersion, in tx: Transaction
  ) async throws -> InForce<Body> {
    InForce(version: version, body: try await body(type, version) { try await tx.run(PolicyRepository.body($0)) })
  }

  private func body<Body: PolicyBody>(
    _ type: Body.Type, _ version: PolicyVersion, _ read: (PolicyVersion) async throws -> EventValue?
  ) async throws -> Body {
    if version.isDefault { return Body.standard }
    if let known = bodies.withLock({ $0[version] }) as? Body { return known }
    guard let stored = try await read(version), let body = Body(stored: stored) else {
      throw Failure.internal(reference: "the policy \(version) is not to be read")
    }
    bodies.withLock { $0[version] = body }
    return body
  }
}
