using System.Runtime.CompilerServices;

namespace Vlm.Testing;

/// <summary>
/// Files too large for the repository, which live beside it: <c>../shared</c>, or the folder <c>VLM_SHARED</c> names.
/// What fits is in <see cref="Fixtures"/>.
/// </summary>
internal static class SharedFiles
{
    /// <summary>What a test prints when it cannot run for want of the shared files.</summary>
    public const string Missing = "skipped: shared files not found";

    /// <summary>The shared folder, or null where there is none.</summary>
    public static string? Root { get; } = Find();

    /// <summary>The path of a shared file; call only where <see cref="Root"/> is not null.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root!, .. parts]);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("VLM_SHARED") is { Length: > 0 } named)
            return Directory.Exists(named) ? named : null;

        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Vlm.sln")))
            {
                string beside = Path.GetFullPath(Path.Combine(at.FullName, "..", "shared"));
                return Directory.Exists(beside) ? beside : null;
            }

        return null;
    }
}

/// <summary>A fact that needs the shared files, and says so where they are absent.</summary>
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (SharedFiles.Root is null)
            Skip = SharedFiles.Missing;
    }
}

/// <summary>A theory that needs the shared files, and says so where they are absent.</summary>
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (SharedFiles.Root is null)
            Skip = SharedFiles.Missing;
    }
}
