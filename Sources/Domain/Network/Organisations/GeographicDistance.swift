#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension GeographicPosition {
  /// The shortest way over the ground in whole kilometres, rounded down: haversine on a sphere of 6,371 km, good to half a
  /// percent.
  package func kilometres(to other: GeographicPosition) -> Int {
    func radians(_ microdegrees: Int32) -> Double { Double(microdegrees) / 1_000_000 * .pi / 180 }
    let (north, otherNorth) = (radians(latitudeMicrodegrees), radians(other.latitudeMicrodegrees))
    let rise = sin((otherNorth - north) / 2)
    let run = sin((radians(other.longitudeMicrodegrees) - radians(longitudeMicrodegrees)) / 2)
    let chord = rise * rise + cos(north) * cos(otherNorth) * run * run
    return Int(2 * 6_371 * asin(min(1, chord.squareRoot())))
  }
}
