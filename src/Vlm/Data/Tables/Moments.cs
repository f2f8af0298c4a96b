using System.Globalization;
using Apache.Arrow.Scalars;
using Apache.Arrow.Types;

namespace Vlm.Tables;

/// <summary>
/// Dates and times as ISO 8601 text, to the last digit: nanoseconds do not fit <see cref="DateTime"/>. What lies
/// outside its years 1 to 9999 stays the number it is stored as.
/// </summary>
internal static class Moments
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>2024-02-29</summary>
    /// <param name="days">Since 1970.</param>
    public static string Day(int days) =>
        Date(days)?.ToString("O", CultureInfo.InvariantCulture) ?? days.ToString(CultureInfo.InvariantCulture);

    /// <summary>2024-02-29T12:30:00.5, and a Z where the column names a time zone: its values are in UTC.</summary>
    /// <param name="value">Since 1970, in the unit of the type.</param>
    /// <param name="type">Unit and time zone.</param>
    public static string Time(long value, TimestampType type)
    {
        long perDay = 86_400 * PerSecond(type.Unit);
        long days = (value / perDay) - (value % perDay < 0 ? 1 : 0);
        return Date(days) is { } date
            ? $"{date:O}T{Clock(value - (days * perDay), type.Unit)}{(type.Timezone is null ? "" : "Z")}"
            : value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>12:30:00.5</summary>
    public static string OfDay(long value, Time64Type type) => Clock(value, type.Unit);

    /// <summary>P14M3DT1.5S: months, days and seconds, none of which is a fixed number of another.</summary>
    public static string Span(MonthDayNanosecondInterval span) => string.Create(
        CultureInfo.InvariantCulture,
        $"P{span.Months}M{span.Days}DT{(decimal)span.Nanoseconds / NanosecondsPerSecond}S");

    private static DateOnly? Date(long days)
    {
        long number = days + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        return number >= DateOnly.MinValue.DayNumber && number <= DateOnly.MaxValue.DayNumber
            ? DateOnly.FromDayNumber((int)number) : null;
    }

    private static string Clock(long value, TimeUnit unit)
    {
        (long seconds, long part) = Math.DivRem(value, PerSecond(unit));
        string digits = (part * (NanosecondsPerSecond / PerSecond(unit))).ToString("D9", CultureInfo.InvariantCulture);
        string clock = string.Create(
            CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}");
        return part == 0 ? clock : $"{clock}.{digits.TrimEnd('0')}";
    }

    private static long PerSecond(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => 1,
        TimeUnit.Millisecond => 1_000,
        TimeUnit.Microsecond => 1_000_000,
        _ => NanosecondsPerSecond,
    };
}
