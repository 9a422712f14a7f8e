/// How customers are called and written to (FUP-01…20). The windows of the two calls are the clocks `firstFollowUp` and
/// `secondFollowUp`.
package struct FollowUpsPolicy: PolicyBody {
  package static let key = PolicyKey.followUps

  /// Calls without an answer before the follow-up ends as not reached.
  package var attempts: Int
  /// Calls and letters to one customer in any 30 days, those that he asked for not counted.
  package var contactsPerMonth: Int
  /// Hours of the day, local time, in which nobody is called: from the first to before the second.
  package var quietFromHour: Int
  package var quietUntilHour: Int
  /// Days before an event or offer that the call comes (T-06).
  package var eventNoticeDays: Int
  /// Days after that call in which the letter goes out (T-07): the length of the clock `writtenNotice` (FUP-10).
  package var writtenNoticeDays: Int
  /// The best of the scale that begins with 1 (D-23).
  package var bestRating: Int
  /// Ratings up to this open a complaint.
  package var complaintUpToRating: Int
  /// NPS marks up to this open a complaint (domain.md section 12). `nil`: no mark does.
  package var complaintUpToNps: Int?
  /// What a customer file needs beside name and telephone (CUS-02…04). `nil`: nothing.
  package var fileOfPerson: [CustomerFileMember]?
  package var fileOfCompany: [CustomerFileMember]?
  /// Maintenance is due after so many months or kilometres, whichever comes first (CUS-09). `nil`: does not count.
  package var serviceMonths: Int?
  package var serviceKm: Int?
  /// Days before that day the customer is reminded (CUS-10). `nil`: never.
  package var serviceReminderDays: Int?

  /// Whether nobody is called in this hour of the day; the night may lie between the two. Equal hours: never.
  package func isQuiet(hour: Int) -> Bool {
    quietFromHour <= quietUntilHour
      ? (quietFromHour..<quietUntilHour).contains(hour) : hour >= quietFromHour || hour < quietUntilHour
  }

  /// Whether marks alone ask for a complaint (domain.md section 12).
  package func asksForComplaint(rating: Int?, nps: Int?) -> Bool {
    if let rating, rating <= complaintUpToRating { return true }
    if let nps, let limit = complaintUpToNps, nps <= limit { return true }
    return false
  }

  package static let pattern = PolicyDefaults.followUps
  package static let fields = [
    PolicyField("attempts", \Self.attempts, .integer(1...20)),
    PolicyField("bestRating", \Self.bestRating, .integer(2...10)),
    PolicyField("complaintUpToNps", \Self.complaintUpToNps, .optional(.integer(0...10))),
    PolicyField("complaintUpToRating", \Self.complaintUpToRating, .integer(0...9)),
    PolicyField("contactsPerMonth", \Self.contactsPerMonth, .integer(1...100)),
    PolicyField("eventNoticeDays", \Self.eventNoticeDays, .integer(0...365)),
    PolicyField("fileOfCompany", \Self.fileOfCompany, .optional(.list(of: .choice(CustomerFileMember.self), 0...20))),
    PolicyField("fileOfPerson", \Self.fileOfPerson, .optional(.list(of: .choice(CustomerFileMember.self), 0...20))),
    PolicyField("quietFromHour", \Self.quietFromHour, .integer(0...23)),
    PolicyField("quietUntilHour", \Self.quietUntilHour, .integer(0...23)),
    PolicyField("serviceKm", \Self.serviceKm, .optional(.integer(1...1_000_000))),
    PolicyField("serviceMonths", \Self.serviceMonths, .optional(.integer(1...120))),
    PolicyField("serviceReminderDays", \Self.serviceReminderDays, .optional(.integer(0...365))),
    PolicyField("writtenNoticeDays", \Self.writtenNoticeDays, .integer(0...60)),
  ]

  package static func check(_ policy: FollowUpsPolicy, _ faults: inout PolicyFaults) {
    if policy.complaintUpToRating >= policy.bestRating {
      faults.refuse("complaintUpToRating", "must be below bestRating")
    }
  }
}
