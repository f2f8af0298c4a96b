using Microsoft.Extensions.Logging;

namespace Vlm;

/// <summary>A logger that hands on each message as a line, whatever its level.</summary>
/// <param name="write">Gets the line.</param>
public sealed class LineLogger(Action<string> write) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (IsEnabled(logLevel))
            write(formatter(state, exception));
    }
}

/// <summary>Lines for people, logged as they stand.</summary>
public static class LoggerLines
{
    /// <summary>Logs a line: braces in it are text, no placeholders.</summary>
    /// <param name="logger">Null for silence.</param>
    /// <param name="text">The line.</param>
    /// <param name="level">How much it matters.</param>
    public static void Line(this ILogger? logger, string text, LogLevel level = LogLevel.Information) =>
        logger?.Log(level, default, text, null, static (line, _) => line);
}
