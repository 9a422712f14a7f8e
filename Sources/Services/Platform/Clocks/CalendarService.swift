package import Domain
package import Repositories

/// Working calendars: of the network, written by headquarters; of a region or a station, by those who see it.
package struct CalendarService: DocumentService {
  package typealias Document = WorkingCalendar
  package typealias Filter = WorkingCalendarFilter
  package typealias Store = CalendarRepository

  package static let reading = Permission.calendarsRead
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// - Throws: `Refusal.alreadyExists` for a code that is taken, `.conflict` `calendar-exists` for a holder that has one.
  package func create(_ draft: WorkingCalendarDraft, _ command: Command<WorkingCalendar>) async throws -> Answer {
    try await RecordWriting.namingExisting {
      let caller = command.caller
      return try await work.database.read(caller, CalendarRepository.find(.number(draft.code), in: caller.scope))?
        .id.description
    } _: {
      try await work.perform(command, .calendarsWrite) { tx in
        try require(draft.holder, command.caller.scope)
        try draft.validate()
        let calendar = WorkingCalendar(
          id: .new(at: command.at), code: draft.code, holder: draft.holder, content: draft.content,
          externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
        return insert(calendar, Effects(["calendar.created"]), command, in: tx)
      }
    }
  }

  /// Clocks in working days that are counted by the calendar are counted anew within a minute; those that have missed their
  /// deadline by then stay as they are.
  package func update(
    _ reference: Reference<WorkingCalendar>, _ patch: WorkingCalendarPatch, _ command: Command<WorkingCalendar>
  ) async throws -> Answer {
    try await change(reference, .calendarsWrite, "calendar.updated", command) { calendar, _ in
      try require(calendar.holder, command.caller.scope)
      calendar = try calendar.applying(patch)
    }
  }

  /// Who writes for others must see them.
  private func require(_ holder: WorkingCalendar.Holder, _ scope: Scope) throws(Refusal) {
    switch (holder, scope.part) {
    case (_, .network): break
    case (.region(let region), .region(let own, _)) where region == own: break
    case (.station(let station), _) where scope.covers(station): break
    case (.network, _), (.region, _), (.station, _): throw Refusal.forbidden(.calendarsWrite)
    }
  }
}
