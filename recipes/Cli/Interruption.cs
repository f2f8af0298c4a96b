using System.Runtime.InteropServices;

namespace Recipes.Cli;

/// <summary>
/// Turns the first Ctrl-C or termination signal into a cancelled token; the second ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const string ShowCursor = "\e[?25h";
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly RecipeConsole _console;

    public Interruption(RecipeConsole console)
    {
        _console = console;
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
        {
            if (_console.Live is not null)
                _console.Error.Write(ShowCursor);
            return;
        }

        context.Cancel = true;
        _console.Error.WriteLine("stopping after this step; once more to stop at once");
        _source.Cancel();
    }
}
