package import Domain
package import Repositories

/// Working calendars: of the network, written by headquarters; of a region or a station, by those who see it. Clocks in working
/// days that are counted by a changed calendar are counted anew within a minute; those that have missed their deadline by then
/// stay as they are.
package struct CalendarService: RecordService {
  package typealias Document = WorkingCalendar
  package typealias Filter = WorkingCalendarFilter
  package typealias Store = CalendarRepository

  package static let reading = Permission.calendarsRead
  package static let writing = Permission.calendarsWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: WorkingCalendarDraft) -> NaturalKey? { NaturalKey("code", draft.code) }

  package func make<Output>(
    _ draft: WorkingCalendarDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> WorkingCalendar {
    try draft.validate()
    return WorkingCalendar(
      id: .new(at: command.at), code: draft.code, holder: draft.holder, content: draft.content,
      externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
  }

  /// Who writes for others must see them.
  package func admit<Output>(
    _ calendar: WorkingCalendar, over before: WorkingCalendar?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let scope = command.caller.scope
    switch (calendar.holder, scope.part) {
    case (_, .network): break
    case (.region(let region), .region(let own, _)) where region == own: break
    case (.station(let station), _) where scope.covers(station): break
    case (.network, _), (.region, _), (.station, _): throw Refusal.forbidden(Self.writing)
    }
  }
}
