/// What a clock watches (domain.md section 4). Its numbers are policy, its beginning and end stand with the documents.
package enum ClockKind: String, Hashable, Sendable, CaseIterable {
  /// Repair call received → first response (T-09).
  case repairCallResponse
  /// Problem received → passed to the after-sales supervisor (T-12).
  case forwardToSupervisor
  /// Passed on → the supervisor has answered the customer (T-13).
  case supervisorAnswer
  /// Repair call received → arrived on site (T-10, T-14).
  case onSiteArrival
  /// Work started → fault cleared (T-11).
  case faultCleared
  /// Vehicle handed over → the customer's file is complete (T-01).
  case customerFile
  /// Vehicle taken away → first follow-up call, in its window (T-02).
  case firstFollowUp
  /// First follow-up → second one, in its window (T-03).
  case secondFollowUp
  /// Not solved on the call → with the business supervisor (T-04).
  case followUpEscalation
  /// Solution decided → customer told (T-05).
  case solutionToCustomer
  /// Customer told of an event or offer on the telephone → written notice sent, where one is wanted (T-07).
  case writtenNotice
  /// What the customer of a complaint was promised (T-37).
  case promisedResolution
  /// When the customer of a work order was promised his vehicle (T-46).
  case promisedDelivery
  /// Major complaint confirmed → team on site (T-17, D-05).
  case majorTeamOnSite
  /// QA confirmed level 1 → support staff assigned (T-18).
  case level1SupportAssigned
  /// Major complaint confirmed → report sent (T-15, T-16, T-19).
  case majorReport
  /// Work order delivered → general quality record sent (T-22, D-13).
  case generalQualityUpload
  /// Warranty claim submitted → decided (A9).
  case claimDecision
  /// Pre-authorisation submitted → decided; stands while a question waits for its answer (M5).
  case preAuthorisationDecision
  /// Old part requested → shipped (D-17).
  case oldPartReturn
  /// Parts order confirmed → shipped to the last piece, in the days of its type (PO-05).
  case partsSupply
  /// Parts received → parts claim submitted (D-18).
  case partsClaimWindow
  /// Days that a vehicle is under repair (T-40, T-41).
  case repairDowntime
}
