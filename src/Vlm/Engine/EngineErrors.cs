using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Vlm.Engine;

/// <summary>What libtorch's exceptions say, without the C++ stack that they bring along.</summary>
public static partial class EngineErrors
{
    /// <summary>How much memory was asked for where an allocation failed: "20.00 GiB"; null for any other exception.</summary>
    public static string? OutOfMemory(Exception error) => error switch
    {
        ExternalException when Allocation().Match(error.Message) is { Success: true } match => match.Groups[1].Value,
        OutOfMemoryException => "memory of .NET",
        _ => error.InnerException is { } inner ? OutOfMemory(inner) : null,
    };

    /// <summary>What the system says of a native library that cannot be loaded, in a line; null for any other exception.</summary>
    public static string? MissingLibrary(Exception error) => error switch
    {
        DllNotFoundException or BadImageFormatException => Sentence(error),
        _ => error.InnerException is { } inner ? MissingLibrary(inner) : null,
    };

    /// <summary>The first sentence of a message: what follows is what a developer of .NET could try.</summary>
    internal static string Sentence(Exception error) =>
        error.Message.Split('\n', 2)[0].Split(". ", 2)[0].Trim().TrimEnd('.', ':');

    /// <summary>An exception's text without C++ frames.</summary>
    public static string Text(Exception error) => Frames().Replace(error.ToString(), "");

    // CUDA: "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has ...", CPU: "... you tried to allocate 400 bytes. ..."
    [GeneratedRegex("ried to allocate ([0-9.]+ [A-Za-z]+)")]
    private static partial Regex Allocation();

    [GeneratedRegex(@"(?m)^(Exception raised from .*|frame #\d+: .*)\r?\n?")]
    private static partial Regex Frames();
}
