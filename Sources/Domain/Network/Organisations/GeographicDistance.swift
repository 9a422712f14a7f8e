extension GeographicPosition {
  /// The shortest way over the ground in whole kilometres, rounded down: haversine on a sphere of 6,371 km, good to half a
  /// percent.
  package func kilometres(to other: GeographicPosition) -> Int {
    func radians(_ microdegrees: Int32) -> Double { Double(microdegrees) / 1_000_000 * .pi / 180 }
    let (north, otherNorth) = (radians(latitudeMicrodegrees), radians(other.latitudeMicrodegrees))
    let rise = Trigonometry.sine((otherNorth - north) / 2)
    let run = Trigonometry.sine(
      (radians(other.longitudeMicrodegrees) - radians(longitudeMicrodegrees)) / 2)
    let chord =
      rise * rise + Trigonometry.sine(.pi / 2 - abs(north)) * Trigonometry.sine(.pi / 2 - abs(otherNorth)) * run * run
    return Int(2 * 6_371 * Trigonometry.arcsine(min(1, chord.squareRoot())))
  }
}

/// What the standard library lacks and a mathematics library would bring: the domain links none, and with these series a
/// distance is the same on every machine.
private enum Trigonometry {
  /// For angles from -π to π.
  static func sine(_ angle: Double) -> Double {
    let square = angle * angle
    var (term, sum) = (angle, angle)
    for place in stride(from: 2.0, through: 30, by: 2) {
      term *= -square / (place * (place + 1))
      sum += term
    }
    return sum
  }

  /// For values from 0 to 1: halves the angle until the series is short.
  static func arcsine(_ value: Double) -> Double {
    var (halved, factor) = (value, 1.0)
    while halved > 0.05 {
      halved = ((1 - (1 - halved * halved).squareRoot()) / 2).squareRoot()
      factor *= 2
    }
    let square = halved * halved
    return factor * halved * (1 + square / 6 + 3 * square * square / 40 + 5 * square * square * square / 112)
  }
}
