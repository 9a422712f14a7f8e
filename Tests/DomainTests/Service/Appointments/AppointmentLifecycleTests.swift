import Domain
import FoundationEssentials
import Testing

@Suite("The life of an appointment") struct AppointmentLifecycleTests {
  private let now = Timestamp(milliseconds: 1_795_248_000_000)

  private func appointment(in state: Appointment.State) -> Appointment {
    let stamp = RecordStamp(
      createdAt: now, createdBy: .init(name: "x", id: nil), updatedAt: now, updatedBy: .init(name: "x", id: nil))
    let start = now.adding(seconds: 3600)
    let isBooked = [.confirmed, .checkedIn, .noShow].contains(state)
    return Appointment(
      id: .new(at: now), number: "AP-1", stationID: .new(at: now), channel: .online, sourceOrderID: nil, state: state,
      version: 1, stamp: stamp,
      request: AppointmentRequest(
        contactName: "王", contactPhone: "138", plate: "辽A", customerID: nil, vehicleID: nil, vehicleDescription: nil,
        serviceType: .repair, serviceItemID: nil, faultDescription: nil, wishedAt: nil, durationMinutes: 60,
        skill: .general, priority: .normal, parts: [], note: nil, externalIDs: [:]),
      booking: isBooked ? .init(bayID: .new(at: now), startsAt: start, endsAt: start.adding(seconds: 3600)) : nil)
  }

  /// SM-2, written down once more.
  private static let table: [Appointment.Action: [Appointment.State: Appointment.State]] = [
    .negotiate: [.requested: .negotiating, .negotiating: .negotiating],
    .confirm: [.requested: .confirmed, .negotiating: .confirmed],
    .reschedule: [.confirmed: .negotiating],
    .checkIn: [.confirmed: .checkedIn],
    .noShow: [.confirmed: .noShow],
    .cancel: [.requested: .cancelled, .negotiating: .cancelled, .confirmed: .cancelled],
  ]

  @Test("every action leads where SM-2 says, and nowhere else", arguments: Appointment.Action.allCases)
  func everyPair(action: Appointment.Action) {
    for state in Appointment.State.allCases {
      var appointment = appointment(in: state)
      let expected = Self.table[action]?[state]
      do {
        _ = try appointment.take(action, outcome: nil, by: .system)
        #expect(appointment.state == expected, "\(action) \(state)")
      } catch {
        guard case .transition(let name, let from, _, let allowed) = error else {
          Issue.record("\(action) \(state): \(error)")
          continue
        }
        #expect(expected == nil && name == action.rawValue && from == state.rawValue, "\(action) \(state)")
        #expect(!allowed.contains(action.rawValue))
      }
    }
  }

  @Test("moved, an appointment has no bay and no reminder any more; cancelled, it still says which it had")
  func booking() throws {
    var moved = appointment(in: .confirmed)
    moved.remind(at: now)
    _ = try moved.reschedule([now.adding(seconds: 9_000)], reason: "出差", at: now, by: .system)
    #expect(moved.booking == nil && moved.remindedAt == nil && moved.exitReason == "出差")
    var cancelled = appointment(in: .confirmed)
    _ = try cancelled.cancel(reason: "x", by: .system)
    #expect(cancelled.booking != nil)
    #expect(throws: Refusal.self) {
      var late = appointment(in: .requested)
      _ = try late.negotiate([now], at: now, by: .system)
    }
  }

  @Test("a no-show waits for the time of grace to the minute")
  func grace() throws {
    let start = now.adding(seconds: 3600)
    var early = appointment(in: .confirmed)
    #expect(throws: Refusal.self) {
      try early.miss(graceMinutes: 15, reason: nil, at: start.adding(seconds: 15 * 60 - 1), by: .system)
    }
    var late = appointment(in: .confirmed)
    _ = try late.miss(graceMinutes: 15, reason: nil, at: start.adding(seconds: 15 * 60), by: .system)
    #expect(late.state == .noShow)
  }

  @Test("history tells that a person changed, not who he is")
  func history() {
    let before = appointment(in: .requested)
    var after = before
    after.request.contactPhone = "139"
    after.request.plate = "京B"
    let text = "\(after.changes(from: before))"
    #expect(text.contains("contact") && !text.contains("139") && !text.contains("京B"))
  }

  @Test(
    "times of day are read as they are written",
    arguments: [("00:00", 0), ("08:30", 510), ("24:00", 1440)] as [(String, Int)])
  func times(text: String, minutes: Int) {
    #expect(TimeOfDay.minutes(text) == minutes && TimeOfDay.text(minutes) == text)
  }

  @Test(
    "what is no time of day is none", arguments: ["8:30", "24:01", "12:60", "ab:cd", "", "12:3", "12:30:00", "-1:00"])
  func noTimes(text: String) { #expect(TimeOfDay.minutes(text) == nil) }
}
