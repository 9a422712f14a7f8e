package import Domain
import Repositories

/// Reminds of appointments: an event for whoever writes to customers, once an appointment (SM-2).
package struct AppointmentReminders: Sendable {
  /// So long before it begins.
  package static let lead: Int64 = 24 * 3600
  static let stepSize = 100

  private let leases: WorkerLeaseService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, clock: WallClock) {
    self.leases = leases
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func remind(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in
      let due = try await tx.run(
        AppointmentRepository.toRemind(from: now, before: now.adding(seconds: Self.lead), limit: Self.stepSize))
      var changes: [Change] = []
      for before in due {
        var appointment = before
        appointment.remind(at: now)
        appointment = appointment.revised(by: .system, at: now)
        for statement in AppointmentRepository.save(appointment, over: before) { tx.enqueue(statement) }
        changes += Effects(
          ["appointment.reminded"], data: ["startsAt": .optional(before.booking?.startsAt.description)]
        ).events(of: appointment, from: before)
      }
      if !changes.isEmpty {
        tx.enqueue(EventRepository.append(changes, by: .system, requestID: "remindAppointments", at: now))
      }
      return due.count == Self.stepSize
    }
  }
}
