using System.Diagnostics;

namespace Vlm.Grpo.Tests.Report;

/// <summary>Chromium without a window, where there is one.</summary>
internal static class Browser
{
    public const string Missing = "no Chromium on PATH (apt-get install chromium)";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>The program; null where there is none.</summary>
    public static string? Program { get; } = In(Environment.GetEnvironmentVariable("PATH") ?? "");

    /// <summary>The first browser of some folders; null where there is none.</summary>
    /// <param name="folders">As PATH names them.</param>
    public static string? In(string folders) => (from folder in folders.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                                                 from name in (string[])["chromium", "chromium-browser", "google-chrome"]
                                                 let path = Path.Combine(folder, name)
                                                 where File.Exists(path)
                                                 select path).FirstOrDefault();

    /// <summary>Opens a page and gives what the browser wrote: with <c>--dump-dom</c> the page after its scripts, and in the errors its console.</summary>
    public static (string Output, string Errors) Open(string page, string profile, params string[] options)
    {
        // Containers have no user namespaces, which the sandbox needs; the page is our own.
        using var process = Process.Start(new ProcessStartInfo(Program!,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1",
            "--enable-logging=stderr", "--log-level=0", "--virtual-time-budget=5000", $"--user-data-dir={profile}", .. options, new Uri(page).AbsoluteUri,
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"the browser still runs after {s_patience.TotalMinutes} minutes");
        }

        return (output.Result, errors.Result);
    }
}
