namespace TorchSharp;

/// <summary>The stack of open scopes of a thread: a tensor is born into the innermost.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScope? t_current;

    internal static DisposeScope? Current
    {
        get => t_current;
        set => t_current = value;
    }
}

/// <summary>Disposes, when it ends, everything born in it that was not moved out.</summary>
/// <remarks>
/// A scope belongs to the thread that opened it: only tensors born on that thread join it by themselves. Its members
/// may be disposed, moved or collected on any thread.
/// </remarks>
public sealed partial class DisposeScope : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<IDisposable> _members = new(ReferenceEqualityComparer.Instance);

    private bool _ended;

    internal DisposeScope()
    {
        Outer = DisposeScopeManager.Current;
        DisposeScopeManager.Current = this;
    }

    internal DisposeScope? Outer { get; }

    public int DisposablesCount
    {
        get
        {
            lock (_gate)
                return _members.Count;
        }
    }

    public IReadOnlyList<IDisposable> DisposablesView
    {
        get
        {
            lock (_gate)
                return [.. _members];
        }
    }

    public bool Contains(IDisposable disposable)
    {
        lock (_gate)
            return _members.Contains(disposable);
    }

    public void Attach(IDisposable disposable) => Attach([disposable]);

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        IDisposable[] items = [.. disposables];
        foreach (IDisposable item in items)
        {
            if (item is torch.Tensor tensor)
            {
                tensor.Scope?.Remove(tensor);
                tensor.Scope = this;
            }
            Add(item);
        }
        return items;
    }

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (IDisposable item in disposables)
            MarkAsDisposed(item);
    }

    /// <summary>Hands the objects to the scope around this one; with none, they belong to no scope.</summary>
    public void MoveToOuter(params IDisposable[] disposables) => MoveToOuter((IEnumerable<IDisposable>)disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables)
    {
        IDisposable[] items = [.. disposables];
        Detach((IEnumerable<IDisposable>)items);
        Outer?.Attach((IEnumerable<IDisposable>)items);
    }

    public void MoveToOther(DisposeScope scope, params IDisposable[] disposables) =>
        MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope scope, IEnumerable<IDisposable> disposables)
    {
        IDisposable[] items = [.. disposables];
        Detach((IEnumerable<IDisposable>)items);
        scope.Attach((IEnumerable<IDisposable>)items);
    }

    public void DisposeEverything() => DisposeEverythingBut((IEnumerable<IDisposable>)[]);

    public void DisposeEverythingBut(params IDisposable[] keep) =>
        DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var keep = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        IDisposable[] members;
        lock (_gate)
        {
            members = [.. _members.Where(item => !keep.Contains(item))];
            _members.IntersectWith(keep);
        }
        foreach (IDisposable item in members)
            item.Dispose();
    }

    /// <summary>Forgets the object without disposing it.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        Remove(disposable);
        if (disposable is torch.Tensor tensor && ReferenceEquals(tensor.Scope, this))
            tensor.Scope = null;
    }

    /// <summary>Disposes the members and makes the nearest scope that has not ended the current one.</summary>
    public void Dispose()
    {
        _ended = true;
        DisposeEverything();
        while (DisposeScopeManager.Current is { _ended: true } ended)
            DisposeScopeManager.Current = ended.Outer;
    }

    internal void Add(IDisposable item)
    {
        lock (_gate)
            _members.Add(item);
    }

    private void Remove(IDisposable item)
    {
        lock (_gate)
            _members.Remove(item);
    }
}

public static partial class torch
{
    /// <summary>Opens a scope that disposes the tensors born in it on this thread.</summary>
    public static DisposeScope NewDisposeScope() => new();
}
