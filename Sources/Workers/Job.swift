package import Domain
import FoundationEssentials
package import Services

/// A background job: what one bounded step of it does, and how often it runs. Whichever instance finds it due does it.
package struct Job: Sendable {
  /// Primary key of its lease, label of its metrics; never renamed, or its history is lost.
  package let name: String
  /// Seconds from the end of one run to the next, spread by a tenth so that jobs do not stay in step.
  package let interval: Int64
  /// One step, under a lease that the step's transaction renews. `true`: there may be more to do now.
  let step: @Sendable (WorkerLease) async throws -> Bool

  package init(
    _ name: String, everySeconds interval: Int64, step: @escaping @Sendable (WorkerLease) async throws -> Bool
  ) {
    self.name = name
    self.interval = interval
    self.step = step
  }
}

extension [Job] {
  /// What customers are told of their appointments.
  package static func appointments(_ service: AppointmentReminders) -> [Job] {
    [Job("remindAppointments", everySeconds: 300, step: service.remind)]
  }

  /// What follows a visit: calls that were missed, letters whose day has come, files that are complete by now, the next
  /// service and its reminder.
  package static func customerCare(
    followUps: FollowUpSweep, letters: LetterSweep, files: CustomerFileSweep, services: NextServiceSweep
  ) -> [Job] {
    [
      Job("missFollowUps", everySeconds: 60, step: followUps.miss),
      Job("dueLetters", everySeconds: 60, step: letters.fallDue),
      Job("reviewCustomerFiles", everySeconds: 60, step: files.review),
      Job("planServices", everySeconds: 300, step: services.plan),
      Job("remindServices", everySeconds: 300, step: services.remind),
    ]
  }

  /// Old parts that were not shipped in time, and those that nothing more happens to.
  package static func oldParts(_ service: OldPartSweep) -> [Job] {
    [Job("advanceOldParts", everySeconds: 60, step: service.advance)]
  }

  /// Decisions that nobody made in time, and drafts of the rules that are tried on past claims.
  package static func warrantyClaims(deadlines: ClaimDeadlineSweep, trials: ClaimRuleTrials) -> [Job] {
    [
      Job("deemClaims", everySeconds: 60, step: deadlines.deem),
      Job("tryClaimRules", everySeconds: 10, step: trials.advance),
    ]
  }

  /// What uploads left behind.
  package static func attachments(_ service: AttachmentHousekeeping) -> [Job] {
    [Job("collectBlobs", everySeconds: 3600, step: service.collect)]
  }

  /// The jobs of customer files.
  package static func customers(_ telephones: TelephoneIndexService) -> [Job] {
    [Job("indexTelephones", everySeconds: 3600, step: telephones.fill)]
  }

  /// The jobs of the product that only clean up.
  package static func housekeeping(_ service: HousekeepingService) -> [Job] {
    [
      Job("purgeIdempotencyKeys", everySeconds: 900, step: service.purgeIdempotencyKeys),
      Job("purgeLoginFailures", everySeconds: 3600, step: service.purgeLoginFailures),
      Job("purgeTokens", everySeconds: 900, step: service.purgeTokens),
    ]
  }

  /// Pre-authorisations whose last day has passed, and counters of the law that time or a new rule moves.
  package static func warranty(_ expiry: PreAuthorisationExpiry, counters: ThreeGuaranteeSweep) -> [Job] {
    [
      Job("expirePreAuthorisations", everySeconds: 300, step: expiry.expire),
      Job("reviewThreeGuarantees", everySeconds: 60, step: counters.review),
    ]
  }

  /// What time does to stock that is held back.
  package static func stock(_ reservations: ReservationSweep) -> [Job] {
    [Job("expireReservations", everySeconds: 60, step: reservations.expire)]
  }

  /// What is conspicuous in the field. A day is evaluated when it is over, so an hour more or less is no matter.
  package static func earlyWarning(_ watch: EarlyWarningWatch) -> [Job] {
    [Job("watchEarly", everySeconds: 900, step: watch.evaluate)]
  }

  /// What is issued every day. A minute after midnight is early enough for a paper of the day before.
  package static func reports(_ schedule: ReportSchedule) -> [Job] {
    [Job("issueReports", everySeconds: 60, step: schedule.issue)]
  }
}
