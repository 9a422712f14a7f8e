/// A document whose life follows a transition table (domain.md section 3).
package protocol Living: Sendable {
  associatedtype State: RawRepresentable<String>, Hashable, CaseIterable, Sendable
  associatedtype Action: RawRepresentable<String>, Hashable, CaseIterable, Sendable
  var state: State { get }
}

/// A condition beyond state and permission that must hold before an action, with the sentence a person reads when it does not.
package struct Guard<Document: Sendable>: Sendable {
  /// Stable, kebab-case; the client's switch.
  package let code: String
  package let sentence: String
  /// The person is handed in because separation of duties looks at him (SEC-10).
  package let holds: @Sendable (Document, Subject) -> Bool
  /// Whether it says which documents the action is for: what every list knows of a document answers it.
  fileprivate let isOfKind: Bool

  package init(_ code: String, _ sentence: String, _ holds: @escaping @Sendable (Document, Subject) -> Bool) {
    self.init(code, sentence, isOfKind: false, holds)
  }

  private init(
    _ code: String, _ sentence: String, isOfKind: Bool, _ holds: @escaping @Sendable (Document, Subject) -> Bool
  ) {
    self.code = code
    self.sentence = sentence
    self.isOfKind = isOfKind
    self.holds = holds
  }

  /// A guard that some documents never pass, for what they are: the action is not shown to be available for them.
  ///
  /// - Parameter holds: looks at nothing but what a list reads too.
  package static func ofKind(
    _ code: String, _ sentence: String, _ holds: @escaping @Sendable (Document) -> Bool
  ) -> Guard {
    Guard(code, sentence, isOfKind: true) { document, _ in holds(document) }
  }
}

/// One row of a transition table.
package struct Transition<Document: Living>: Sendable {
  package let action: Document.Action
  package let from: Set<Document.State>
  /// `nil`: the state stays as it is.
  package let to: Document.State?
  package let permission: Permission
  /// Where one action has two ways on, the name of this one; `nil` is the usual way.
  package let outcome: String?
  package let guards: [Guard<Document>]
  /// Types of the events that the action appends, in order; the first is the state change itself.
  package let effects: [String]
  /// The requirement behind the row.
  package let basis: String

  package init(
    _ action: Document.Action, from: Set<Document.State>, to: Document.State?, _ permission: Permission,
    outcome: String? = nil, guards: [Guard<Document>] = [], effects: [String], basis: String
  ) {
    self.action = action
    self.from = from
    self.to = to
    self.permission = permission
    self.outcome = outcome
    self.guards = guards
    self.effects = effects
    self.basis = basis
  }
}

/// What a caller may do with a document now, and for what he may not, why.
package struct ActionOffer: Hashable, Sendable {
  package struct Obstacle: Hashable, Sendable {
    package let code: String
    package let sentence: String

    package init(code: String, sentence: String) {
      self.code = code
      self.sentence = sentence
    }

    package static func missing(_ permission: Permission) -> Obstacle {
      Obstacle(code: "permission", sentence: "Needs the permission \(permission.rawValue).")
    }
  }
  /// How it is asked for: an action is posted to a path of its own, a change patches the document itself.
  package enum Method: String, Hashable, Sendable, CaseIterable {
    case post = "POST"
    case patch = "PATCH"
  }

  package let action: String
  package let method: Method
  /// The state that it leads to; of a document without states what becomes of it.
  package let to: String
  package let obstacles: [Obstacle]

  package init(action: String, method: Method = .post, to: String, obstacles: [Obstacle]) {
    self.action = action
    self.method = method
    self.to = to
    self.obstacles = obstacles
  }

  /// An action in whose way nothing but a missing permission can stand.
  package init(
    action: String, method: Method = .post, to: String, _ permission: Permission, for caller: Caller
  ) {
    self.init(
      action: action, method: method, to: to, obstacles: caller.may(permission) ? [] : [.missing(permission)])
  }

  package var isAllowed: Bool { obstacles.isEmpty }
}

/// One declarative table per document: services execute it, `…/actions` publishes it, tests enumerate it.
package struct Lifecycle<Document: Living>: Sendable {
  package let transitions: [Transition<Document>]
  /// By state, in the order of the table, each action once (its rows differ in outcome only): lists ask this for every row
  /// that they show.
  private let steps: [Document.State: [Step]]

  private struct Step: Sendable {
    let action: Document.Action
    let permission: Permission
    /// Of each of its rows, what they are for.
    var kinds: [[Guard<Document>]]

    /// The subject plays no part in what a document is.
    func concerns(_ document: Document) -> Bool {
      kinds.contains { $0.allSatisfy { $0.holds(document, .system) } }
    }
  }

  package init(_ transitions: [Transition<Document>]) {
    self.transitions = transitions
    steps = Dictionary(
      uniqueKeysWithValues: Document.State.allCases.map { state in
        var steps: [Step] = []
        for row in transitions where row.from.contains(state) {
          let kinds = row.guards.filter(\.isOfKind)
          if let place = steps.firstIndex(where: { $0.action == row.action }) {
            assert(steps[place].permission == row.permission, "the rows of \(row.action) need different permissions")
            steps[place].kinds.append(kinds)
          } else {
            steps.append(Step(action: row.action, permission: row.permission, kinds: [kinds]))
          }
        }
        return (state, steps)
      })
  }

  /// The rows of one action; more than one when the target depends on the origin.
  package func transitions(for action: Document.Action) -> [Transition<Document>] {
    transitions.filter { $0.action == action }
  }

  /// What an action needs; its rows agree on it.
  ///
  /// - Throws: `notFound` for an action that the table does not know.
  package func permission(for action: Document.Action) throws(Refusal) -> Permission {
    guard let row = transitions.first(where: { $0.action == action }) else { throw .notFound }
    return row.permission
  }

  /// The row that applies, or why none does: state first, then the guards in order.
  package func permit(
    _ action: Document.Action, outcome: String? = nil, on document: Document, by subject: Subject
  ) throws(Refusal) -> Transition<Document> {
    let rows = transitions(for: action)
    guard let row = rows.first(where: { $0.from.contains(document.state) && $0.outcome == outcome }) else {
      throw .transition(
        action: action.rawValue, from: document.state.rawValue, to: rows.first?.to?.rawValue,
        allowed: allowed(from: document.state).map(\.rawValue))
    }
    if let obstacle = row.guards.first(where: { !$0.holds(document, subject) }) {
      throw .guardFailed(action: action.rawValue, guardCode: obstacle.code, detail: obstacle.sentence)
    }
    return row
  }

  /// The actions that a state knows, in the order of the table.
  package func allowed(from state: Document.State) -> [Document.Action] {
    (steps[state] ?? []).map(\.action)
  }

  /// The actions that are for such a document and that state and permissions open to the caller; other guards are not asked
  /// (they need the whole document).
  package func available(on document: Document, to caller: Caller) -> [Document.Action] {
    var actions: [Document.Action] = []
    for step in steps[document.state] ?? [] where caller.may(step.permission) && step.concerns(document) {
      actions.append(step.action)
    }
    return actions
  }

  /// Every action of the state with what stands in its way for this caller.
  package func offers(on document: Document, to caller: Caller) -> [ActionOffer] {
    transitions.filter { $0.from.contains(document.state) && $0.outcome == nil }.map { row in
      var obstacles: [ActionOffer.Obstacle] = []
      if !caller.may(row.permission) {
        obstacles.append(.missing(row.permission))
      }
      for guardRow in row.guards where !guardRow.holds(document, caller.subject) {
        obstacles.append(ActionOffer.Obstacle(code: guardRow.code, sentence: guardRow.sentence))
      }
      return ActionOffer(
        action: row.action.rawValue, to: (row.to ?? document.state).rawValue, obstacles: obstacles)
    }
  }
}
